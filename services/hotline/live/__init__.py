"""Live sessions (云直播): questions before and during, answers, and tickets for what is left."""
