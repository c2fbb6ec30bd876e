//! What is taken, what is refused, and what never survives.
