using System.Net;
using System.Net.Sockets;

namespace Semel.Faults.Connections;

/// <summary>The port that stands for one broker.</summary>
sealed class ProxyListener : IDisposable
{
    readonly Socket _socket;

    /// <exception cref="SocketException">The address is not this machine's or is in use.</exception>
    public ProxyListener(IPEndPoint listen, EndPoint upstream)
    {
        Upstream = upstream;
        _socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(listen);
            _socket.Listen(512);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Where new connections go.</summary>
    public EndPoint Upstream { get; set; }

    public ValueTask<Socket> AcceptAsync(CancellationToken cancellation) => _socket.AcceptAsync(cancellation);

    /// <summary>Whether an address that a broker tells is this listener's upstream, as far as that can be seen without asking for names.</summary>
    public bool StandsFor(string host, int port) => Upstream switch
    {
        IPEndPoint address => address.Port == port && (IPAddress.TryParse(host, out var told) ? told.Equals(address.Address) : IPAddress.IsLoopback(address.Address) && IsLocalhost(host)),
        DnsEndPoint name => name.Port == port && string.Equals(name.Host, host, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    static bool IsLocalhost(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase);

    public void Dispose() => _socket.Dispose();
}
