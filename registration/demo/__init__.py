"""An invented conference to look around in, and its people. Above all other rooms, and no page needs it."""
