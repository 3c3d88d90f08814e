"""The emulator's hosts: the API, files, widgets, and the pages for people."""
