using System.Net;
using System.Net.Sockets;

namespace Semel.Compat.Tests;

/// <summary>
/// A port for a program that has to be told one. It lies below those that the system gives to outgoing connections, so that none of these takes it before the program does.
/// </summary>
public static class FreePort
{
    const int Lowest = 10_000, Highest = 32_000;

    /// <param name="count">So many ports in a row are free.</param>
    public static int Next(int count = 1)
    {
        for (var attempts = 0; attempts < 1000; attempts++)
        {
            var first = Random.Shared.Next(Lowest, Highest - count);
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }
        throw new InvalidOperationException($"no {count} free ports in a row were found between {Lowest} and {Highest}");
    }

    static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
