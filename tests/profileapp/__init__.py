"""What a conference team would write: an app with a profile model of its own, named in EXTRA_APPS."""
