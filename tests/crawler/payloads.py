"""Addresses by which a page, a register or a server might lead us into our own network."""

# Where names lead in these tests. A name that is not here is not found.
NAMES = {
    "inside.example": ["10.1.2.3"],
    "half-inside.example": ["198.41.0.4", "10.1.2.3"],
    "loop.example": ["127.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:10.1.2.3"],
    "six.example": ["fd00::1"],
    "localhost": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
}

# Whatever the rules: private, reserved and translated addresses, and numbers that only resolvers understand.
_HOSTS = (
    # IPv4, our own table
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.254", "100.64.0.1", "100.100.100.200", "100.127.255.254",
    "169.254.1.1", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.254", "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # IPv6
    "[::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]",
    "[100::1]", "[4000::1]",
    # IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::10.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "[fe80::5efe:10.0.0.1]",
    # loopback, as only a resolver reads it
    "2130706433", "0x7f000001", "0x7f.1", "0x7F.0.0.1", "017700000001", "0177.0.0.1", "0177.1", "127.1", "127.0.1", "0", "0x0",
    "00127.0.0.1", "127.000.000.001", "127.0.0.0x1", "4294967297",
    # private, as only a resolver reads it
    "167772161", "0xa000001", "012.0.0.1", "10.1", "2852039166", "0xA9FEA9FE", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376",
    # full-width and circled digits, dots of other scripts
    "１０.０.０.１", "⑩.⓪.⓪.①", "10。0。0。1", "169．254．169．254",
    # names that lead inside
    "inside.example", "half-inside.example", "metadata.example", "mapped.example", "six.example", "INSIDE.example", "inside.example.",
)  # fmt: skip

# Whatever the rules, and whatever the parser makes of it: the word before the @ is not the host.
_SPELLINGS = (
    "http://good.example@10.0.0.1{port}/", "http://good.example:80@10.0.0.1{port}/", "http://10.0.0.1{port}#@good.example/", "http://10.0.0.1{port}\\@good.example/",
    "http://good.example%2f@10.0.0.1{port}/", "http://good.example\\@10.0.0.1{port}/", "http:\\\\10.0.0.1{port}\\", "http:/\\10.0.0.1{port}/", "//10.0.0.1{port}/",
    "\\\\10.0.0.1{port}\\a", "ht\ttp://10.0.0.1{port}/", "http://10.0\t.0.1{port}/", "\thttp://10.0.0.1{port}/ ", "http://10.0.0.1{port}/\tHTTP/1.1",
    "http://%31%30.0.0.1{port}/", "http://10.0.0.1%00.good.example{port}/", "http://10.0.0.1%23.good.example{port}/", "HTTP://10.0.0.1{port}/",
    "https://10.0.0.1{port}/", "http://user:word@good.example@10.0.0.1{port}/",
)  # fmt: skip

# No web at all.
_SCHEMES = (
    "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://127.0.0.1{port}/", "ftp://10.0.0.1/", "gopher://127.0.0.1{port}/_GET%20/",
    "dict://127.0.0.1{port}/info", "ldap://127.0.0.1{port}/", "tftp://127.0.0.1{port}/a", "jar:http://127.0.0.1{port}!/", "netdoc:///etc/passwd",
    "ws://127.0.0.1{port}/", "wss://127.0.0.1{port}/", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "data:text/html,<h1>a</h1>", "javascript:alert(1)", "view-source:http://10.0.0.1{port}/", "about:blank", "blob:http://10.0.0.1/1",
)  # fmt: skip

# Loopback as it should be written: forbidden in earnest, while in a test the server itself is there.
_LOOPBACK = (
    "127.0.0.1", "127.8.9.10", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "localhost.localdomain",
    "loop.example", "127.0.0.1.nip.example", "good.example@127.0.0.1", "good.example%40@127.0.0.1", "１２７.０.０.１", "127。0。0。1", "127.0.0.1.",
)  # fmt: skip


def forbidden(port: int) -> list[str]:
    """Addresses that are forbidden even where loopback is open. Those with a port aim at this one."""
    written = [f"http://{host}{{port}}/" for host in _HOSTS]
    return [each.replace("{port}", f":{port}") for each in (*written, *_SPELLINGS, *_SCHEMES)]


def loopback(port: int) -> list[str]:
    """Addresses of our own machine, forbidden unless loopback is open."""
    return [f"{scheme}://{host}:{port}/" for host in _LOOPBACK for scheme in ("http", "https")]


def broken() -> list[str]:
    """What a register may hold in place of an address."""
    return [
        "", " ", "http://", "https:///", "http://:80/", "http:///path", "://", "a", "www.shanghai.gov.cn", "/index.html", "http://[::1", "http://[:::1]/",
        "http://a:99999999/", "http://a:b/", "http://good.example:0/", "http://-a.example/", "http://a..example/", f"http://{'a' * 300}.example/",
        "http://a b.example/", "http://a\x00.example/", "http://xn--/", "http://good.example:22/%", "暂无", "http://.../",
    ]  # fmt: skip
