"""What is stored of a workflow: the drawing people work on, and the versions that went live."""

from builder.models.version import WorkflowVersion
from builder.models.workflow import Workflow

__all__ = ["Workflow", "WorkflowVersion"]
