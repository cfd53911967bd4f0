"""Test access: what a probe may touch, which nets it reaches, and what is told of it."""
