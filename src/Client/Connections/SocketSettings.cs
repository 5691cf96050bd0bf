using System.Net.Sockets;

namespace Semel.Client.Connections;

/// <summary>How the system treats a socket.</summary>
/// <param name="SendBufferBytes">0 and -1 leave it to the system; of the receive buffer the same.</param>
internal readonly record struct SocketSettings(bool KeepsAlive, bool NoDelay, int SendBufferBytes, int ReceiveBufferBytes)
{
    public static readonly SocketSettings Default = new(KeepsAlive: false, NoDelay: true, -1, -1);

    /// <summary>A socket that is not connected yet: some systems take the size of its buffers at no other time.</summary>
    public Socket Open(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = NoDelay };
        if (KeepsAlive) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        if (SendBufferBytes > 0) socket.SendBufferSize = SendBufferBytes;
        if (ReceiveBufferBytes > 0) socket.ReceiveBufferSize = ReceiveBufferBytes;
        return socket;
    }
}
