"""An entry of the catalogue is a class: what exists, and everything a form needs to know about it.

A layer, an optimizer, a loss or a data set is one small class. Its pydantic fields are its
parameters (default, range, help), its docstring is its help text. Everything else is derived here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from trainer.problems import Problem, reading, shortened


class Entry(BaseModel):
    """One thing of the catalogue. A subclass with a `kind` of its own exists everywhere at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ClassVar[str]
    label: ClassVar[str]
    family: ClassVar[str] = ""
    structure: ClassVar[frozenset[str]] = frozenset()  # fields that are no parameters: no form shows them

    @model_serializer(mode="wrap")
    def _with_kind(self, parameters: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **parameters(self)}


E = TypeVar("E", bound=Entry)


def discover(place: types.ModuleType, base: type[E]) -> dict[str, type[E]]:
    """Every subclass of `base` with a kind that a module, or a package's modules, define.

    Order is that of the modules' names and of the lines in them; a module may say `ORDER = 10` to
    come before those that say more.
    """
    modules = [place]
    if hasattr(place, "__path__"):
        names = [found.name for found in pkgutil.iter_modules(place.__path__)]
        modules += [importlib.import_module(f"{place.__name__}.{name}") for name in names]
    modules.sort(key=lambda module: getattr(module, "ORDER", 100))
    found: dict[str, type[E]] = {}
    for module in modules:
        for thing in vars(module).values():
            if not (inspect.isclass(thing) and issubclass(thing, base) and "kind" in vars(thing)):
                continue
            if thing.__module__ == module.__name__:
                if thing.kind in found:
                    raise TypeError(f"two classes of kind {thing.kind!r} in {place.__name__}")
                found[thing.kind] = thing
    return found


def read_entry(kinds: Mapping[str, type[E]], what: str, given: object) -> E:
    """An entry from JSON like `{"kind": "adam", "lr": 0.01}`; a Problem names the field at fault."""
    if isinstance(given, tuple(kinds.values())):
        return given  # type: ignore[return-value]
    if not isinstance(given, Mapping):
        raise Problem(f"A {what} is an object with a kind, but this is {shortened(given)}.")
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise Problem(
            f"There is no {what} of kind {shortened(kind)}. There are: {', '.join(kinds)}.", ("kind",)
        )
    with reading():
        return kinds[kind].model_validate({name: value for name, value in given.items() if name != "kind"})


def read_entries(kinds: Mapping[str, type[E]], what: str, given: object, most: int) -> tuple[E, ...]:
    """Entries from a list in JSON; a Problem names the one at fault by its place."""
    if not isinstance(given, list | tuple):
        raise Problem(f"This is a list, of a {what} each, but is {shortened(given)}.")
    if len(given) > most:
        raise Problem(f"There may be {most}, but there are {len(given):,}.", (most,))
    read: list[E] = []
    for at, one in enumerate(given):
        try:
            read.append(read_entry(kinds, what, one))
        except Problem as problem:
            raise Problem(problem.message, (at, *problem.where), problem.mend) from problem
    return tuple(read)


def _dumped(held: Entry | tuple[Entry, ...] | None) -> Any:
    if isinstance(held, tuple):
        return [one.model_dump(mode="json") for one in held]
    return held and held.model_dump(mode="json")


@dataclass(frozen=True)
class OneOf:
    """Marks a pydantic field that holds one entry, told apart by its `kind`: `Annotated[Layer, OneOf(…)]`.

    `of` is where the catalogue lists them; the plural of `what` where it is empty. `nullable`: or none.
    `most`: a list of at most so many, in order, instead of one.
    """

    kinds: Mapping[str, type[Entry]]
    what: str
    of: str = ""
    nullable: bool = False
    most: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(given: object) -> Entry | None:
            return None if given is None and self.nullable else read_entry(self.kinds, self.what, given)

        def read_all(given: object) -> tuple[Entry, ...]:
            return read_entries(self.kinds, self.what, given, self.most)

        return core_schema.no_info_plain_validator_function(
            read_all if self.most else read,
            serialization=core_schema.plain_serializer_function_ser_schema(_dumped),
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        one = self._one()
        return {"type": "array", "maxItems": self.most, "items": one} if self.most else one

    def _one(self) -> dict[str, Any]:
        return {
            "type": ["object", "null"] if self.nullable else "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": list(self.kinds)}},
            "description": f"A {self.what}: its kind and its parameters, as the catalogue describes them.",
        }


def describe(cls: type[Entry]) -> dict[str, Any]:
    """A class as JSON: kind, label, family, help and fields, the advanced ones last."""
    fields = [
        describe_field(name, field) for name, field in cls.model_fields.items() if name not in cls.structure
    ]
    return {
        "kind": cls.kind,
        "label": cls.label,
        "family": cls.family,
        "help": inspect.cleandoc(cls.__doc__ or ""),
        "fields": sorted(fields, key=lambda field: bool(field["advanced"])),
    }


def describe_field(name: str, field: FieldInfo) -> dict[str, Any]:
    """A parameter as JSON: everything a form needs. Absent bounds are null."""
    held = next((rule for rule in field.metadata if isinstance(rule, OneOf)), None)
    kind, nullable, choices = ("list", False, None) if held and held.most else _type_of(field.annotation)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    bounds: dict[str, Any] = {
        "minimum": None,
        "maximum": None,
        "exclusive_minimum": None,
        "exclusive_maximum": None,
    }
    step = None
    for rule in field.metadata:
        if isinstance(rule, Ge):
            bounds["minimum"] = rule.ge
        if isinstance(rule, Gt):
            bounds["exclusive_minimum"] = rule.gt
        if isinstance(rule, Le):
            bounds["maximum"] = rule.le
        if isinstance(rule, Lt):
            bounds["exclusive_maximum"] = rule.lt
        if isinstance(rule, MultipleOf):
            step = rule.multiple_of
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return {
        "name": name,
        "label": field.title or name.replace("_", " ").capitalize(),
        "type": kind,
        "of": (held.of or f"{held.what}s") if held else None,
        "default": _dumped(default) if isinstance(default, Entry | tuple) else default,
        "required": field.is_required(),
        "nullable": nullable,
        **bounds,
        "choices": choices or extra.get("choices"),
        "step": step,
        "scale": extra.get("scale", "linear"),
        "advanced": bool(extra.get("advanced")),
        "help": field.description or "",
    }


def _type_of(annotation: Any) -> tuple[str, bool, list[Any] | None]:
    """(type for a form, may be null, choices) of a field's annotation."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        kind, _, choices = _type_of(inner[0])
        return kind, len(inner) < len(get_args(annotation)), choices
    if get_origin(annotation) is Literal:
        return "choice", False, list(get_args(annotation))
    if get_origin(annotation) is tuple:
        return "numbers", False, None
    if inspect.isclass(annotation) and issubclass(annotation, Entry):
        return "entry", False, None
    names = {int: "integer", float: "number", bool: "boolean", str: "text"}
    if annotation not in names:
        raise TypeError(f"no form knows a field of type {annotation!r}")
    return names[annotation], False, None
