"""The networks: a Message comes in, a Part goes out. One file speaks to one library."""
