// The till: see faces/till.
