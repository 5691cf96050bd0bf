using Semel.Protocol;

namespace Semel.Broker.Door;

/// <summary>The handlers by their API. What is not in here is not advertised and not answered.</summary>
internal sealed class HandlerTable
{
    readonly IHandler?[] _byKey = new IHandler?[Enum.GetValues<ApiKey>().Max(key => (int)key) + 1];

    public HandlerTable(IEnumerable<IHandler> handlers)
    {
        foreach (var handler in handlers) _byKey[(int)handler.ApiKey] = handler;
    }

    public IHandler? Find(ApiKey key) => (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;
}
