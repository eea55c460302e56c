"""Answers: is a formula that somebody wrote the right one, and if not, what is wrong with it?"""
