import socket

from deploy.embedded.ports import HOST, free_port, is_free


def test_the_port_of_last_time_is_taken_again_when_it_is_free() -> None:
    preferred = free_port()

    assert free_port(preferred) == preferred


def test_a_port_that_someone_listens_on_is_left_alone() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert not is_free(port)
        assert free_port(port) != port
