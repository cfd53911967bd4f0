"""How a board is assembled: which flows of processes can build it, what excludes the others, and what each costs."""
