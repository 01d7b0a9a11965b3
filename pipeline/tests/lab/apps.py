from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "pipeline.tests.lab"
    label = "lab"
