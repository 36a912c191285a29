"""Champion against challenger (冠军挑战者): does another strategy help, and do no harm?

The statistics know no Django: ``assignment``, ``harm``, ``planning``, ``recommendation`` and
``sequences``.
"""
