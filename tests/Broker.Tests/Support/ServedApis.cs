using Semel.Broker.Door;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Support;

/// <summary>The APIs for which the broker has a handler: each has the API's name, and what it has is to be told and answered.</summary>
static class ServedApis
{
    public static readonly IReadOnlyList<ApiDescription> All =
    [
        .. typeof(IHandler).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IHandler)))
            .Select(type => ApiTable.Find(Enum.Parse<ApiKey>(type.Name[..^"Handler".Length]))!).OrderBy(api => api.Key),
    ];
}
