"""Sounds of English words that no dictionary has, by how they are spelled: rough, and enough to align them."""

import re
from typing import Final

# Letters and the sounds that they mostly stand for, in ARPAbet; the longest that fits is taken.
_TABLE: Final = """
    a=AE, b=B, c=K, d=D, e=EH, f=F, g=G, h=HH, i=IH, j=JH, k=K, l=L, m=M, n=N, o=AA, p=P, q=K, r=R, s=S, t=T, u=AH,
    v=V, w=W, x=K S, y=IY, z=Z, ai=EY, ay=EY, au=AO, aw=AO, ar=AA R, all=AO L, air=EH R, ch=CH, tch=CH, ck=K, ce=S,
    ci=S IH, cy=S IY, dge=JH, dg=JH, ea=IY, ee=IY, ei=EY, er=ER, eu=Y UW, ew=UW, ey=IY, ear=IH R, eer=IH R, ge=JH,
    gh=G, ght=T, gn=N, ie=IY, ier=IH R, igh=AY, ing=IH NG, ir=ER, kn=N, le=AH L, mb=M, ng=NG, nk=NG K, oa=OW,
    oe=OW, oi=OY, oo=UW, or=AO R, ou=AW, ough=AO, ow=OW, oy=OY, ph=F, qu=K W, sc=S K, sch=SH, sh=SH, sion=ZH AH N,
    ssion=SH AH N, th=TH, tion=SH AH N, ture=CH ER, ue=UW, ur=ER, wh=W, wr=R, zz=Z, bb=B, cc=K, dd=D, ff=F, gg=G,
    ll=L, mm=M, nn=N, pp=P, rr=R, ss=S, tt=T
"""
_SOUNDS: Final = dict(pair.strip().split("=") for pair in _TABLE.split(","))
_LONGEST: Final = max(map(len, _SOUNDS))
_VOWELS: Final = "aeiouy"
# A vowel before one consonant and a last e says its name; that e says nothing.
_LONG: Final = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
_MAGIC_E: Final = re.compile(rf"(?<=[aeiouy])[^{_VOWELS}wx]e$")


def sounds_of(word: str) -> list[str]:
    """ARPAbet phones of a word of the letters a to z; other characters have none, and a word of them only is "AH"."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    ending = _MAGIC_E.search(letters) if len(letters) > 3 else None
    phones: list[str] = []
    index, end = 0, len(letters) - (1 if ending else 0)
    while index < end:
        if ending and index == ending.start() - 1:
            phones.append(_LONG[letters[index]])
            index += 1
            continue
        for length in range(min(_LONGEST, end - index), 0, -1):
            sound = _SOUNDS.get(letters[index : index + length])
            if sound is not None:
                phones += sound.split()
                index += length
                break
    return phones or ["AH"]
