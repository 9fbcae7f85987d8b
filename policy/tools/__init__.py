"""Tools for those who write packs: `python -m policy.tools TOOL …`. They read files and print; they decide nothing."""
