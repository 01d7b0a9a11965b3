"""The form in which a person changes the words of a letter that waits."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import approving, drafting, rereading
from campaigns.models import Campaign, Message
from campaigns.writers.base import Pitch
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from pipeline.states import StaleState

# Which field an error of the checks is about, by the words it begins with or holds.
_ABOUT: Final = (
    ("subject", "subject"),
    ("preheader", "preheader"),
    ("call to action", "call_to_action"),
    ("sign-off", "sign_off"),
    ("paragraph", "before"),
)


class LetterForm(forms.Form):
    """Each paragraph is a line of its own. Whatever is written passes the checks that every letter passes."""

    read = forms.CharField(widget=forms.HiddenInput, max_length=64)
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    preheader = forms.CharField(
        label=gettext_lazy("Preview line"),
        max_length=300,
        help_text=gettext_lazy("Mail programs show it beside the subject."),
    )
    before = forms.CharField(
        label=gettext_lazy("The letter, up to the link"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=gettext_lazy(
            "The first line is the greeting. Each line is a paragraph; links are placed for you."
        ),
    )
    call_to_action = forms.CharField(label=gettext_lazy("Words of the link to the site"), max_length=200)
    closing = forms.CharField(
        label=gettext_lazy("The letter, after the link"),
        max_length=6000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    sign_off = forms.CharField(label=gettext_lazy("Last line"), max_length=200)

    def __init__(self, data: Any, *, message: Message) -> None:
        self.message, self.pitch, initial = message, None, {}
        try:
            self.pitch = rereading.pitch_of(message)
        except BadData as error:
            self.unreadable = str(error)
        else:
            self.unreadable = ""
            initial = {
                "read": message.body_sha256,
                "subject": self.pitch.subject,
                "preheader": self.pitch.preheader,
                "before": "\n\n".join(self.pitch.paragraphs),
                "call_to_action": self.pitch.call_to_action,
                "closing": "\n\n".join(self.pitch.closing),
                "sign_off": self.pitch.sign_off,
            }
        super().__init__(data, initial=initial)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        if message.step > 1:
            self.fields["subject"].disabled = True
            self.fields["subject"].help_text = _(
                "A follow-up keeps the first mail's subject, or it leaves the thread."
            )

    def save(self, campaign: Campaign, *, by: str) -> bool:
        """Rewrite the letter; False with an error beside its field where it may not be said like this."""
        said = self.cleaned_data
        pitch = Pitch(
            subject=said["subject"],
            preheader=said["preheader"],
            paragraphs=_lines(said["before"]),
            call_to_action=said["call_to_action"],
            closing=_lines(said["closing"]),
            sign_off=said["sign_off"],
            language=self.message.language,
        )
        try:
            approving.check_as_read(campaign, said["read"])
            drafting.rewrite(campaign, pitch, now=SYSTEM_CLOCK.now(), by=by)
        except BadData as refusal:
            self.add_error(_field_of(str(refusal)), str(refusal))
            return False
        except StaleState:
            self.add_error(None, _("The letter was changed by somebody else meanwhile. Open it again"))
            return False
        return True


def _lines(text: str) -> tuple[str, ...]:
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _field_of(error: str) -> str | None:
    said = error.lower()
    return next((field for words, field in _ABOUT if words in said), None)
