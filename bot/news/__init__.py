"""What to say: passages, stories, summaries, answers. Deciders over protocols that it declares itself."""
