"""What an exception of the network libraries means: whose fault it is, and how it is told."""

import errno
import re
import socket
import ssl
import zlib

import aiohttp

from flows.crawler.addresses import ForbiddenAddress
from flows.crawler.results import Kind

_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN}
_ERRNO = re.compile(r"\[Errno (\d+)\]")
# OpenSSL's verify codes: those by which an issuer's certificate is missing, and what each says to operators.
_ISSUERLESS = (2, 20, 21)
_CERTIFICATE = dict.fromkeys(_ISSUERLESS, "证书链不完整，或签发者不受信任") | {
    9: "证书还没有生效",
    10: "证书已过期",
    18: "证书是自签的",
    19: "证书链的根不受信任",
    62: "证书与域名不符",
    64: "证书与地址不符",
}


def leaves_out_issuer(fault: BaseException) -> bool:
    """Whether a certificate could not be verified for want of its issuer's, which the server may have left out."""
    if not isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return False
    return getattr(fault.certificate_error, "verify_code", None) in _ISSUERLESS


def meaning(fault: BaseException) -> tuple[Kind, str]:
    """The kind and a Chinese phrase. Raises `TypeError` for what is no fault of the network."""
    match fault:
        case TimeoutError():
            return "timeout", "期限内没有应答完"
        case aiohttp.ClientConnectorCertificateError():
            return "certificate", _certificate(fault.certificate_error)
        case aiohttp.ClientConnectorSSLError():
            return "tls", f"TLS 握手失败（{_reason(fault.os_error)}）"
        case aiohttp.ClientConnectorError():
            return _of_system(fault.os_error)
        case aiohttp.ServerDisconnectedError():
            return "reset", "没有应答，连接就被对方关闭"
        case aiohttp.ClientPayloadError():
            return "protocol", "应答没有传完就断了"
        case aiohttp.ClientResponseError():
            return "protocol", f"应答不合 HTTP 规范（{' '.join(fault.message.split())[:80]}）"
        case zlib.error():
            return "protocol", "内容不是它所声明的压缩格式"
        case OSError():
            return _of_system(fault)
        case aiohttp.ClientError():
            return "protocol", f"应答不合 HTTP 规范（{type(fault).__name__}）"
    raise TypeError(f"no meaning for {fault!r}")


def _of_system(fault: OSError) -> tuple[Kind, str]:
    if isinstance(fault, ForbiddenAddress):
        return "forbidden_address", f"{fault}，不访问"
    if isinstance(fault, socket.gaierror):
        return "name_trouble", "域名暂时无法解析"
    if isinstance(fault, ssl.SSLError) or "[SSL" in str(fault):
        return "tls", f"TLS 连接出错（{_reason(fault)}）"
    numbers = [fault.errno] if fault.errno else [int(number) for number in _ERRNO.findall(str(fault))]
    # Of several addresses that all failed, one that was really refused says more than one without a route.
    if errno.ECONNREFUSED in numbers:
        return "refused", "连接被拒绝"
    if _RESET & set(numbers) or isinstance(fault, ConnectionError):
        return "reset", "连接被对方重置"
    if errno.ETIMEDOUT in numbers:
        return "timeout", "连接超时"
    return "own", f"本机网络出错（{fault.strerror or fault}）"


def _certificate(fault: Exception) -> str:
    code = getattr(fault, "verify_code", None)
    return f"{_CERTIFICATE.get(code, '证书无效')}（{getattr(fault, 'verify_message', fault)}）"


def _reason(fault: OSError) -> str:
    return getattr(fault, "reason", None) or str(fault)[:80]
