"""The benches, a module each: what is done, and what each figure means."""
