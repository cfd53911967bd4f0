"""What a board costs to build, how much of it works at once, and what its design scores (rule catalogue, 5.3 and 6)."""
