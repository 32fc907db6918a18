"""YAML to nodes, with anchors and merge keys, and without any of its object tags."""

from __future__ import annotations

import yaml

from lockplan.workflow.neutral.nodes import Field, Node, WrongError, add_field

_MERGE = "tag:yaml.org,2002:merge"
_BLOCKS = ("|", ">")


def parse_yaml(text: str) -> Node:
    """Return what a YAML text holds; raise WrongError where it is not YAML."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        return _Reader(loader).node(root) if root is not None else Node(None, 1)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongError(line, f"this is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise WrongError(line, f"this is not YAML: {error.reason}") from error
    except RecursionError as error:
        raise WrongError(1, "its values are nested too deeply") from error


class _Reader:
    """Turns YAML's nodes into values; what an anchor names is turned once."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._known: dict[int, Node | None] = {}

    def node(self, node: yaml.Node) -> Node:
        """Return a value; raise WrongError where it cannot be read, or holds itself."""
        line = node.start_mark.line + 1
        key = id(node)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._read(node, line)
        found = self._known[key]
        if found is None:
            raise WrongError(line, "this value holds itself")
        return found

    def _read(self, node: yaml.Node, line: int) -> Node:
        if isinstance(node, yaml.MappingNode):
            return Node(self._fields(node), line)
        if isinstance(node, yaml.SequenceNode):
            return Node(tuple(self.node(item) for item in node.value), line)
        block = isinstance(node, yaml.ScalarNode) and node.style in _BLOCKS
        return Node(self._scalar(node, line), line + block)

    def _fields(self, node: yaml.MappingNode) -> dict[str, Field]:
        own: dict[str, Field] = {}
        for key, value in node.value:
            if key.tag != _MERGE:
                line = key.start_mark.line + 1
                add_field(own, self.node(key).value, line, self.node(value))
        if len(own) == len(node.value):
            return own
        return self._merged(node) | own

    def _merged(self, node: yaml.MappingNode) -> dict[str, Field]:
        """Return what ``<<`` takes from elsewhere; what stands first counts."""
        fields: dict[str, Field] = {}
        sources = (self.node(value) for key, value in node.value if key.tag == _MERGE)
        for source in sources:
            for each in source.value if isinstance(source.value, tuple) else (source,):
                if not isinstance(each.value, dict):
                    raise WrongError(source.line, "`<<` takes mappings only")
                fields = each.value | fields
        return fields

    def _scalar(self, node: yaml.Node, line: int) -> str | int | float | bool | None:
        try:
            value = self._loader.construct_object(node)
        except ValueError as error:
            raise WrongError(line, f"{node.value} cannot be read: {error}") from error
        return value  # type: ignore[no-any-return]  # the safe loader makes plain values only
