"""The checks that ship with adder, one package per check."""
