import pytest

from tests.support.lesson import Guest, Lesson


@pytest.fixture
def lesson() -> Lesson:
    """A room of the form one_to_many; nobody is there yet."""
    return Lesson("one_to_many")


@pytest.fixture
def teacher(lesson: Lesson) -> Guest:
    """Member 1."""
    return lesson.joins("li", "teacher")


@pytest.fixture
def anna(lesson: Lesson, teacher: Guest) -> Guest:
    """Member 2, a student: the room is live."""
    return lesson.joins("anna")


@pytest.fixture
def ben(lesson: Lesson, anna: Guest) -> Guest:
    """Member 3, a student."""
    return lesson.joins("ben")
