"""Where the code of a function lies: from what a template says to the files of its handler."""
