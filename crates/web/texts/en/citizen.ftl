# What citizens read.

offline-title = You are offline
offline-text = Your phone has no connection just now. What it has kept is under “My notices”.
