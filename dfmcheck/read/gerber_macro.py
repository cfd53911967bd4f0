"""Aperture macros: expressions and variables, down to primitives with numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isfinite

from .gerber_faults import BAD_MACRO

_TOKEN = re.compile(r"\$(\d+)|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([-+/xX()])|(\S)")
_RANK = {"+": 1, "-": 1, "x": 2, "X": 2, "/": 2}
MOST_VALUES = 200_000
"""Numbers in one macro, as it is used."""
Primitive = tuple[int, tuple[float, ...]]
Complain = Callable[[str, str], None]
Token = tuple[str, float]
"""A number ("n", value), a variable ("$", number) or an operator of the postfix form."""


class Macro:
    """A macro's text, parsed once: blocks of (variable, expression) or (primitive, expressions)."""

    def __init__(self, name: str, blocks: Sequence[str], complain: Complain) -> None:
        self.name = name
        self._steps: list[tuple[int, bool, list[list[Token]]]] = []
        for block in blocks:
            text = "".join(block.split())
            if not text or (text[0] == "0" and (len(text) == 1 or not text[1].isdigit())):
                continue
            try:
                if text[0] == "$":
                    name_of, _, value = text.partition("=")
                    self._steps.append((int(name_of[1:]), True, [postfix(value)]))
                else:
                    code, *values = text.rstrip(",").split(",")
                    self._steps.append((int(code), False, [postfix(v) for v in values]))
            except ValueError:
                complain(BAD_MACRO, f"macro {name}: cannot read {text[:40]!r}")
        self.size = sum(len(values) for _, _, values in self._steps)

    def primitives(self, values: Sequence[float], complain: Complain) -> list[Primitive]:
        """The primitives with these values for $1, $2, ...; what cannot be computed is left out."""
        variables = dict(enumerate(values, 1))
        out: list[Primitive] = []
        for code, assign, expressions in self._steps:
            try:
                numbers = tuple([evaluate(e, variables) for e in expressions])
            except (ZeroDivisionError, OverflowError, IndexError):
                complain(BAD_MACRO, f"macro {self.name}: an expression of primitive {code} has no value")
                continue
            if assign:
                variables[code] = numbers[0]
            else:
                out.append((code, numbers))
        return out


def postfix(text: str) -> list[Token]:
    """An expression as postfix tokens, by the two-stack method; raises `ValueError` if it is none."""
    out: list[Token] = []
    stack: list[str] = []
    operand = True
    for variable, number, sign, bad in _TOKEN.findall(text):
        if bad:
            raise ValueError(text)
        if variable or number:
            if not operand:
                raise ValueError(text)
            out.append(("$", int(variable)) if variable else ("n", float(number)))
            operand = False
        elif sign == "(":
            if not operand:
                raise ValueError(text)
            stack.append(sign)
        elif operand:  # a sign before an operand, or an operator without one
            if sign not in "+-":
                raise ValueError(text)
            if sign == "-":
                stack.append("neg")
        elif sign == ")":
            while stack and stack[-1] != "(":
                out.append((stack.pop(), 0.0))
            if not stack:
                raise ValueError(text)
            stack.pop()
        else:
            while stack and stack[-1] != "(" and (stack[-1] == "neg" or _RANK[stack[-1]] >= _RANK[sign]):
                out.append((stack.pop(), 0.0))
            stack.append(sign)
            operand = True
    if operand or "(" in stack:
        raise ValueError(text)
    out += [(sign, 0.0) for sign in reversed(stack)]
    return out


def evaluate(expression: list[Token], variables: dict[int, float]) -> float:
    """The value of a postfix expression; variables that were never set are 0."""
    if len(expression) == 1:
        kind, value = expression[0]
        return value if kind == "n" else variables.get(int(value), 0.0)
    stack: list[float] = []
    for kind, value in expression:
        if kind == "n":
            stack.append(value)
        elif kind == "$":
            stack.append(variables.get(int(value), 0.0))
        elif kind == "neg":
            stack[-1] = -stack[-1]
        else:
            b = stack.pop()
            a = stack[-1]
            stack[-1] = a + b if kind == "+" else a - b if kind == "-" else a / b if kind == "/" else a * b
    if not isfinite(stack[0]):
        raise OverflowError
    return stack[0]
