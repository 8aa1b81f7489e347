"""The guidelines at the desk, and what people say to each other about an article."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.desk.seat import Seat, within
from monitor.errors import AccessError, UserError
from monitor.messages import Message
from monitor.records import SENTIMENTS, Role
from monitor.store import articles, comments, guidelines
from monitor.store.comments import Comment
from monitor.store.guidelines import Guideline, LabelExample

MOST_TEXT = 20_000
"""Characters of the guidelines."""
MOST_EXAMPLES = 100
MOST_WORDS = 2000
"""Characters of a comment, of an example and of why it is one."""


class Guidelines(Seat):
    """Everybody reads the guidelines and an administrator writes them; comments take an analyst."""

    def guideline(self, version: int = 0) -> Guideline:
        """How texts are labelled; the version in force for 0, an empty one where there is none. Raises
        NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return guidelines.get(tx, version)

    def guidelines(self) -> list[Guideline]:
        """Every version there was, the newest first, without its examples."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return guidelines.versions(tx)

    def write_guideline(self, text: str, examples: Sequence[LabelExample] = ()) -> Guideline:
        """A new version, in force from now on. Raises UserError for one without words, or an example of a
        label that there is not."""
        self._may(Role.ADMIN, "write the guidelines")
        if not text.strip():
            raise UserError(Message("guidelines.empty"))
        within("text", len(text), 1, MOST_TEXT)
        within("examples", len(examples), 0, MOST_EXAMPLES)
        known = [*SENTIMENTS, *(topic.name for topic in self.monitor.settings.taxonomy)]
        for example in examples:
            if example.label not in known:
                raise UserError(Message("guidelines.label", label=example.label, known=known))
            if not example.text.strip():
                raise UserError(Message("guidelines.example", label=example.label))
            within("example", max(len(example.text), len(example.why)), 0, MOST_WORDS)
        with self.monitor.store.begin() as tx:
            made = guidelines.add(tx, self.user.name, text, examples, self.monitor.now())
            self._wrote(tx, "guidelines.write", str(made.version), {"examples": len(examples)})
        return made

    def comments(self, article_id: int) -> list[Comment]:
        """What people said about an article, oldest first; nothing while this user judges it blind, for a
        comment may say what it is. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            article = articles.get(tx, article_id)
            return [] if article.story_id in self._hidden(tx) else comments.of(tx, article_id)

    def comment(self, article_id: int, text: str) -> Comment:
        """Say something about an article. Raises NotFoundError, UserError."""
        self._may(Role.ANALYST, "comment")
        text = text.strip()
        within("text", len(text), 1, MOST_WORDS)
        with self.monitor.store.begin() as tx:
            articles.get(tx, article_id)
            made = comments.add(tx, article_id, self.user.name, text, self.monitor.now())
            self._wrote(tx, "article.comment", str(article_id), {"id": made.id})
        return made

    def remove_comment(self, comment_id: int) -> None:
        """Take one's own comment back; another's takes an administrator. Raises NotFoundError."""
        self._may(Role.ANALYST, "comment")
        with self.monitor.store.begin() as tx:
            found = comments.get(tx, comment_id)
            if found.user != self.user.name and self.user.role is not Role.ADMIN:
                raise AccessError(Message("comments.not_yours", comment=comment_id))
            comments.remove(tx, comment_id, self.monitor.now())
            self._wrote(tx, "article.comment_removed", str(found.article_id), {"id": comment_id})
