"""The judges of published sites: tools of others and a real browser, run by scripts/judge_themes.py."""
