module munadi.example/verify_log

go 1.24

require golang.org/x/mod v0.0.0

replace golang.org/x/mod => ./x_mod
