from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "engine.messaging"
    label = "messaging"

    def ready(self) -> None:
        from engine.messaging import facts  # noqa: F401  registers the message fact
