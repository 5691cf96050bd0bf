using System.Net.Sockets;

namespace Semel.Broker.Door;

/// <summary>Whether the peer of a connection is known to have ended it, although requests that it sent before may wait to be read. One call to the system.</summary>
internal static class PeerEnd
{
    // Linux: include/uapi/linux/tcp.h and include/net/tcp_states.h. The state is the first byte of what TCP_INFO gives.
    const int Tcp = 6, TcpInfo = 11;
    const byte Close = 7, CloseWait = 8, LastAck = 9;

    public static bool HasCome(Socket socket)
    {
        try
        {
            return OperatingSystem.IsLinux() ? StateOf(socket) is Close or CloseWait or LastAck : HasEndBehindAll(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>The end is seen also while bytes lie before it.</summary>
    static byte StateOf(Socket socket)
    {
        Span<byte> state = stackalloc byte[1];
        return socket.GetRawSocketOption(Tcp, TcpInfo, state) == 1 ? state[0] : (byte)0;
    }

    /// <summary>Elsewhere the end is seen when everything before it has been received.</summary>
    static bool HasEndBehindAll(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
}
