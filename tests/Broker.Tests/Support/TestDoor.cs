using System.Net;
using Microsoft.Extensions.Logging;
using Semel.Broker.Door;

namespace Semel.Broker.Tests.Support;

/// <summary>A listener without a broker, for handlers of a test's choice.</summary>
internal static class TestDoor
{
    public static Listener Listen(TimeProvider time, ILogger logger, params IHandler[] handlers)
    {
        var settings = new DoorSettings
        {
            MaxRequestBytes = 1 << 20,
            MaxRequestElements = 1000,
            MaxConnections = 100,
            MaxConnectionsReason = "the test has as many",
            MaxConnectionsPerAddress = 100,
            IdleTimeout = TimeSpan.FromMinutes(1),
            ProgressTimeout = TimeSpan.FromMinutes(1),
        };
        var listener = new Listener(new IPEndPoint(IPAddress.Loopback, 0), settings, new RequestMemory(1 << 24), time, logger);
        listener.Start(new HandlerTable(handlers));
        return listener;
    }
}
