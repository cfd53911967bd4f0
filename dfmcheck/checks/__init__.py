"""A file per way of measuring. Each check registers itself; see `dfmcheck.check`."""
