using System.Linq;
using Microsoft.CodeAnalysis;

namespace Semel.Analyzers;

/// <summary>Which types are ours, by their full names: nothing here refers to the client.</summary>
static class Names
{
    public const string Client = "Semel.Client", Compat = "Semel.Compat.Confluent";

    public static bool Is(this ITypeSymbol? type, string ns, string name) =>
        type is not null && (IsItself(type, ns, name) || type.AllInterfaces.Any(each => IsItself(each, ns, name)) || type.BaseType.Is(ns, name));

    static bool IsItself(ITypeSymbol type, string ns, string name) => type.Name == name && type.ContainingNamespace?.ToDisplayString() == ns;

    public static bool IsTransaction(this ITypeSymbol? type) => type.Is(Client, "ITransaction");

    public static bool IsProducer(this ITypeSymbol? type) => type.Is(Client, "IProducer") || type.Is(Client, "ITransactionalProducer");
}
