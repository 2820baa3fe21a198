"""Word error rate, as speech recognition counts it."""
import re

NUMBERS = {str(n): w for n, w in enumerate("zero one two three four five six seven eight nine ten".split())}


def words(text):
    return [NUMBERS.get(w, w) for w in re.findall(r"[a-z0-9']+", text.lower())]


def distance(said, heard):
    """Substitutions, insertions and deletions between two lists of words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def error_rate(said, heard):
    """Of whole conversations: all that was said against all that was heard, in order. 0 to 1 and beyond."""
    said, heard = words(" ".join(said)), words(" ".join(heard))
    return distance(said, heard) / max(1, len(said))
