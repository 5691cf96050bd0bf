using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>A handler whose request is answered before the next one of its connection is read: all but Produce.</summary>
internal abstract class Handler<TRequest, TResponse> : IHandler
    where TRequest : class, IRequest<TResponse>, new()
    where TResponse : class, IMessage, new()
{
    public ApiKey ApiKey => TRequest.ApiKey;
    public virtual VersionRange Versions => TRequest.Versions;
    public virtual VersionRange AdvertisedVersions => Versions;
    public virtual bool EndsWithConnection => false;

    public async ValueTask HandleAsync(Exchange exchange) => exchange.Answer(await AnswerAsync(exchange.ReadBody<TRequest>(), exchange));

    /// <exception cref="UnanswerableException">No answer would be right: the connection is closed instead.</exception>
    protected abstract ValueTask<TResponse> AnswerAsync(TRequest request, Exchange exchange);
}
