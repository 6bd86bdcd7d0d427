"""Imports the admin of every room, so that Django finds them; nothing else."""

from registration.mail import admin as mail

__all__ = ["mail"]
