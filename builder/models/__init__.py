"""What is stored of a workflow: the drawing people work on, the versions that went live, and the ways that are tried."""

from builder.models.scenario import Scenario
from builder.models.version import WorkflowVersion
from builder.models.workflow import Workflow

__all__ = ["Scenario", "Workflow", "WorkflowVersion"]
