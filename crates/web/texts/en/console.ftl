# What officers read.
