"""What a whole installation must show on real input, through the command line and outside judges."""
