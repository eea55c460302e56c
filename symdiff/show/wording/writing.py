"""What is said by those who write documents, whatever these are about."""

from symdiff.show.wording.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    "key.title": ("Answers", "参考答案"),
}
