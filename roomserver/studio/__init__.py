"""The studio: all that turns strangers' bytes into pictures, in a guarded child process of its own.

    jobs.py      what it can be asked, and what it answers
    __main__.py  the child: one job from standard input, the answer on standard output
    cage.py      what the child gives up before it reads a byte of the job
    pictures.py  pictures, decoded and encoded afresh
    slides.py    the pages of a PDF as pictures
    formula.py   LaTeX as one outline
    fonts.py, fontfiles.py   what draws the characters of a board
    export.py    pages of the board as SVG, PNG or PDF

`shell/studio.py` starts the child and bounds it from outside.  The child imports nothing of the server but this
package and the board.  Rules: STUDIO-*, ASSET-*, SLIDE-*, FORMULA-*, EXPORT-* in docs/rules.md.
"""
