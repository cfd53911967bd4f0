"""What KiCad's board editor shows of a check: the plugin reads the board as it is being edited, checks it in a process beside
the window, and selects in the editor what a finding is about. It is thin: the same rules, configuration and waivers as the
command, no file written but those that the user asks for, nothing drawn on the board, no network. Needs kicad-python and wx."""
