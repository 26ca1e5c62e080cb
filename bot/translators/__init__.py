"""Machine translation for staff: a model on this machine, or a service, as the settings name it."""

from bot.settings import Settings
from bot.support.translation import Translator


def translator_of(settings: Settings) -> Translator | None:
    """What the settings name. Nothing is loaded or asked before the first translation."""
    match settings.translator:
        case "nllb":
            from bot.translators.nllb import Nllb

            return Nllb(settings.translator_model)
        case "openai":
            from bot.translators.openai import OpenAiCompatible

            return OpenAiCompatible(
                settings.translator_url, settings.translator_model, settings.translator_key
            )
    return None
