"""What changes harvests, pick calls and plans. `harvests` and `pick_calls` are the field's side, `plans` the desk's."""
