from django.urls import path
from rest_framework.routers import SimpleRouter

from engine.api.counts import CountsView
from engine.api.enrol import EnrolView
from engine.api.experiments import ExperimentsView
from engine.api.paths import PathView
from engine.api.refusals import RefusalsView
from engine.api.retry import RetryView
from engine.api.runs import RunViews
from engine.api.scenarios import RunScenariosView, ScenariosView, ScenarioView
from engine.api.simulate import SimulateView
from engine.api.stop import StopAll, StopWorkflow
from engine.api.why import WhyView

router = SimpleRouter()
router.register("runs", RunViews, basename="run")

urlpatterns = [
    path("workflows/<int:pk>/counts/", CountsView.as_view(), name="workflow-counts"),
    path("workflows/<int:pk>/enrol/", EnrolView.as_view(), name="workflow-enrol"),
    path("workflows/<int:pk>/simulate/", SimulateView.as_view(), name="workflow-simulate"),
    path("workflows/<int:pk>/scenarios/", ScenariosView.as_view(), name="workflow-scenarios"),
    path("workflows/<int:pk>/scenarios/run/", RunScenariosView.as_view(), name="workflow-scenarios-run"),
    path("workflows/<int:pk>/scenarios/<int:scenario>/", ScenarioView.as_view(), name="workflow-scenario"),
    path("workflows/<int:pk>/experiments/", ExperimentsView.as_view(), name="workflow-experiments"),
    path("workflows/<int:pk>/retry/", RetryView.as_view(), name="workflow-retry"),
    path("workflows/<int:pk>/stop/", StopWorkflow.as_view(), name="workflow-stop"),
    path("stop/", StopAll.as_view(), name="stop-all"),
    path("workflows/<int:pk>/why/", WhyView.as_view(), name="workflow-why"),
    path("contacts/<int:pk>/path/", PathView.as_view(), name="contact-path"),
    path("refusals/", RefusalsView.as_view(), name="refusals"),
    *router.urls,
]
