"""Counts which public methods of LINSTOR's Python library a story has called."""

import inspect

import linstor

CLASSES = (linstor.Linstor, linstor.Resource, linstor.ResourceGroup, linstor.KV)

_called = set()


def _wrapped(name, function):
    def call(*args, **kwargs):
        _called.add(name)
        return function(*args, **kwargs)

    return call


def _public():
    for cls in CLASSES:
        for key, member in vars(cls).items():
            if not key.startswith("_"):
                yield cls, key, member


def watch():
    """Puts a counter around every method and property; to be called before anything is used."""
    for cls, key, member in list(_public()):
        name = f"{cls.__name__}.{key}"
        if inspect.isfunction(member):
            setattr(cls, key, _wrapped(name, member))
        elif isinstance(member, classmethod):
            setattr(cls, key, classmethod(_wrapped(name, member.__func__)))
        elif isinstance(member, staticmethod):
            setattr(cls, key, staticmethod(_wrapped(name, member.__func__)))
        elif isinstance(member, property):
            setter = member.fset and _wrapped(f"{name}=", member.fset)
            setattr(cls, key, property(_wrapped(name, member.fget), setter))


def uncalled():
    """Names of methods and properties (`name=` is the setter) that nothing has called."""
    names = set()
    for cls, key, member in _public():
        name = f"{cls.__name__}.{key}"
        if callable(member) or isinstance(member, (classmethod, staticmethod)):
            names.add(name)
        elif isinstance(member, property):
            names.add(name)
            if member.fset:
                names.add(f"{name}=")
    return sorted(names - _called)
