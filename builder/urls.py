from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("builder.api.urls")),
    path("", include("builder.page_urls")),
]
