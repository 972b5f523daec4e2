"""That the judges are asked rightly; never what they find, which `make judges` tells."""
