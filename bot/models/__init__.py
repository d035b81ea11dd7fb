"""Local models: where they come from, how they are loaded, how they are asked. Knows no news."""
